"""Schemas of JSON values (OpenAPI 3.0 and 3.1, JSON Schema, AsyncAPI): does one contain another?"""
