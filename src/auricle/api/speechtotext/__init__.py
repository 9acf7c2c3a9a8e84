"""The Speech to text REST API, versions 3.1 and 3.2: paths, JSON shapes, paging and errors over the services."""
