"""One module a family of file formats: each opens one layer of one file, or says why not."""
