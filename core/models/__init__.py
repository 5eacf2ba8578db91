"""One file per network. Each holds a dataclass `Config` and one `nn.Module` that it describes."""
