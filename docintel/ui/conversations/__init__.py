"""Conversations that are kept: their list, and what can be done with one."""
