def draft(path, today): return ""
