"""Goods (商品): what the shop sells, kept in step by file, by API and by the lines of orders."""
