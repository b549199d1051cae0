package vector

// op numbers the operations that assembly exists for.
type op uint8

const (
	opAdd op = iota
	opSub
	opSubFrom
	opMul
	opDiv
	opDivInto
	opMin
	opMax
	opNeg
	opAbs
	opSqrt
	opFloor
	opCeil
	opTrunc
	opRint
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opWhere
	opSum
	opSumSquares
	opDot
	opProd
	opExp
	opExp2
	opExpm1
	opLog
	opLog2
	opLog10
	opLog1p
	opSin
	opCos
	opTan
	opAsin
	opAcos
	opAtan
	opAtan2
	opSinh
	opCosh
	opTanh
	opPow
	opCbrt
	opHypot
	ops
)
