"""WeCom (企业微信). See README.md in this folder."""
