"""Entry paths (入池路径): what people meet after the scan, step by step."""
