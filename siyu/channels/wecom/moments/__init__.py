"""Moments of the company (客户朋友圈): members publish them, customers see, like and comment."""
