"""What a quarter is told as: structure, workbook, page, calendars, comparison; all but the first read the structure."""
