"""The patron-tool side: an API key comes in, the same services are behind."""
