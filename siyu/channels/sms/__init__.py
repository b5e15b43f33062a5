"""Text messages (短信) through Alibaba Cloud's SMS service. See README.md in this folder."""
