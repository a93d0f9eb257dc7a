"""Protocols that ship with the tool."""
