"""Exchange with the tools that auditors use: BORIS, ELAN, spreadsheets, motion analysis. Pure: data in, files out."""
