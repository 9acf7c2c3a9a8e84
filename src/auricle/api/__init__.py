"""The HTTP application: its routes, its error objects, its status pages."""
