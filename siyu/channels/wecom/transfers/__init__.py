"""Customers and groups of a member who stays or has left go to another (在职继承, 离职继承)."""
