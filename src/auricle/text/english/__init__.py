"""English: how written signs are said and how spoken numbers, money, times and names are written."""
