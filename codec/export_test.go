package codec

// CopyWords is the path of big-endian hosts, for a test on little-endian ones.
var CopyWords = copyWords
