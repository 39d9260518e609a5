"""Rendered people with known joint angles: the generator of the samples and of the accuracy bench. Run by hand."""
