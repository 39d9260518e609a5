"""Reports about a checked recording: console, JSON, one self-contained HTML file, annotated video with subtitles."""
