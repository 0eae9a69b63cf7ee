"""What the library costs, and what it does when hosts misbehave: measured on real servers."""
