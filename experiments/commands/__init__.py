"""Commands of the line, one file each."""
