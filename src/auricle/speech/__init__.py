"""Live recognition on Azure's wire: the WebSocket protocol and REST short audio."""
