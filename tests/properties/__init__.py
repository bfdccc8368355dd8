"""What holds for any input at all: hypothesis thinks of the inputs."""
