package other

var Limit = 3

var ErrOther error
