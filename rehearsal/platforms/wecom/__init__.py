"""A WeCom (企业微信) to try the product with: corps, members, customers, groups, tasks that staff must confirm."""
