"""Measurements that anyone can run again: `make bench-enums`. Goals are those the project set itself."""
