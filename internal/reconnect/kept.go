package reconnect

import (
	"errors"
	"fmt"

	"github.com/braid-compute/braid/internal/word"
)

// kept are the words that were sent and not acknowledged, in order.
type kept struct {
	words []keptWord
	head  int    // where they begin
	sent  uint64 // number of the last
	bytes int64
}

type keptWord struct {
	word  any
	bytes int64
}

func (k *kept) add(w any) {
	n := weigh(w)
	k.words = append(k.words, keptWord{w, n})
	k.bytes += n
	k.sent++
}

// errUnsent is the error of one who acknowledges a word before it was sent.
var errUnsent = errors.New("the other side has acknowledged a word that was not sent")

// takeBack forgets the last word, which was not sent.
func (k *kept) takeBack() error {
	last := len(k.words) - 1
	if last < k.head {
		return errUnsent
	}
	k.bytes -= k.words[last].bytes
	k.words[last] = keptWord{}
	k.words = k.words[:last]
	k.sent--
	return nil
}

// begin numbers the words behind so many that somebody else has sent.
func (k *kept) begin(number uint64) { k.sent = number + uint64(len(k.words)-k.head) }

// list returns a copy of the words.
func (k *kept) list() []keptWord { return append([]keptWord(nil), k.words[k.head:]...) }

// errGap is the error of one who has not heard of words that it has acknowledged, and that are not there any more.
var errGap = errors.New("the other side has forgotten words that it had acknowledged")

// acknowledge forgets the words up to a number.
func (k *kept) acknowledge(number uint64) error {
	first := k.sent - uint64(len(k.words)-k.head) + 1
	switch {
	case number > k.sent:
		return fmt.Errorf("the other side has heard %d words, and %d were sent", number, k.sent)
	case number+1 < first:
		return errGap
	}
	for ; first <= number; first++ {
		k.bytes -= k.words[k.head].bytes
		k.words[k.head] = keptWord{}
		k.head++
	}
	if k.head > len(k.words)/2 {
		n := copy(k.words, k.words[k.head:])
		clear(k.words[n:])
		k.words, k.head = k.words[:n], 0
	}
	if len(k.words) == 0 && cap(k.words) > mostRoom {
		k.words = nil
	}
	return nil
}

// mostRoom is for how many words memory is kept that is not used.
const mostRoom = 1 << 12

// weigh returns about how many bytes of memory a word takes while it is kept.
func weigh(w any) int64 {
	n := int64(leastWord)
	switch w := w.(type) {
	case *word.Settled:
		n += int64(len(w.Tasks)) * leastWord
		for k := range w.Tasks {
			n += int64(len(w.Tasks[k].Data))
		}
	case *word.Done:
		n += int64(len(w.Tasks)) * leastWord
		for k := range w.Tasks {
			n += int64(len(w.Tasks[k].Data)) + blocks(w.Tasks[k].Used)
		}
	case *word.Assign:
		n += int64(len(w.Body)) + int64(len(w.Tasks)+len(w.Inputs))*leastWord
	case *word.Failed:
		n += int64(len(w.Failure))
	case *word.Submit:
		n += int64(len(w.Graph)) + 4*int64(len(w.Wanted))
	case *word.Release:
		n += 4 * int64(len(w.Tasks))
	case *word.CancelTasks:
		n += 4 * int64(len(w.Tasks))
	case *word.Publish:
		n += int64(len(w.Graph))
	case *word.Published:
		n += int64(len(w.List)) * (2 * leastWord)
		for k := range w.List {
			n += int64(len(w.List[k].Name) + len(w.List[k].Type))
		}
	case *word.Meet:
		n += int64(len(w.Data))
	case *word.Met:
		n += blocks(w.Tasks)
		for _, b := range w.Data {
			n += int64(len(b)) + leastWord
		}
	case *word.Broken:
		n += blocks(w.Tasks) + int64(len(w.Failure))
	default:
		n += blocks(listed(w))
	}
	return n
}

// listed returns the blocks of a word that is a list of them.
func listed(w any) []word.Block {
	switch w := w.(type) {
	case *word.Revoke:
		return w.Tasks
	case *word.Cancel:
		return w.Tasks
	case *word.Free:
		return w.Blocks
	case *word.Returned:
		return w.Tasks
	case *word.Started:
		return w.Tasks
	case *word.Blocked:
		return w.Tasks
	case *word.Lost:
		return w.Blocks
	}
	return nil
}

func blocks(list []word.Block) int64 { return int64(len(list)) * blockBytes }

const (
	leastWord  = 64 // what a short word takes
	blockBytes = 16 // what a block takes in a list
)
