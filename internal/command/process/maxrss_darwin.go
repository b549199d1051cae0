package process

const maxrssUnit = 1 // getrusage(2)
