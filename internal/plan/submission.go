package plan

import (
	"context"
	"strings"

	"github.com/braid-compute/braid/codec"
)

// Submission is a collection that is to be computed.
type Submission struct {
	Root         *Node
	First, Count int     // the partitions of the source that are wanted, if there is no reduction; all if Count is 0
	Limit        int64   // greatest number of elements of each partition; negative for all
	Site         uintptr // the user's line that asked
}

// Results are the finished partitions of a submission.
type Results interface {
	Len() int
	// Get waits for one partition.
	Get(ctx context.Context, i int) (any, error)
	// All waits for all partitions. The first failure is its error.
	All(ctx context.Context) ([]any, error)
	// Wait waits until all are there, and leaves them where they are. The first failure is its error.
	Wait(ctx context.Context) error
	// Release says that a partition is not needed any more.
	Release(i int)
	// Close cancels what is not finished and releases the rest.
	Close()
}

// Size returns the bytes that a partition or a partial result takes in memory, if they are known: what package codec knows
// without encoding, the bytes of strings, and whatever a value says of itself by a method Bytes.
func Size(v any) (int64, bool) {
	switch v := v.(type) {
	case interface{ Bytes() int64 }:
		return v.Bytes(), true
	case []string:
		n := int64(len(v)) * stringHeader
		for _, s := range v {
			n += int64(len(s))
		}
		return n, true
	}
	return codec.Size(v)
}

const stringHeader = 16

// Unqualified returns a name as the compiler or package reflect writes it without the paths of packages, as it is shown and
// compared: "braid/bag.Count[a.org/x.T]" is "bag.Count[x.T]".
func Unqualified(name string) string {
	var b strings.Builder
	word := 0
	for i, c := range name {
		switch {
		case c == '/':
			word = i + 1
		case strings.ContainsRune("[](){}*,; ", c):
			b.WriteString(name[word : i+1])
			word = i + 1
		}
	}
	b.WriteString(name[word:])
	return b.String()
}
