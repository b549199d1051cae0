package reconnect

import "github.com/braid-compute/braid/internal/word"

// Words that count as heard only when their owner says so, since what follows from them must be kept first: the other side has them until
// then, and repeats them to a process that has taken the place of this one.

// due returns which count is to be acknowledged now, 0 if none. Called with mu held.
func (c *Conn) due() uint64 {
	if c.sure-c.acked < ackWords && (c.owed < ackBytes || c.sure == c.acked) {
		return 0
	}
	c.acked, c.owed = c.sure, 0
	return c.sure
}

// Heard returns how many words were taken in. Who receives them may ask for the number of the last.
func (c *Conn) Heard() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard
}

// Confirm says that words up to a number count as heard. It is for Options.Confirms.
func (c *Conn) Confirm(number uint64) {
	c.mu.Lock()
	carrier, count := c.carrier, uint64(0)
	if number > c.sure {
		c.sure = min(number, c.heard)
		if carrier != nil {
			count = c.due()
		}
	}
	c.mu.Unlock()
	if count > 0 {
		_ = carrier.Send(&word.Heard{Count: count}) // one that has broken is noticed by its reader
	}
}

// Recover goes on with a conversation that an earlier process has accepted, which had confirmed so many words. There is no connection
// until Resume. The other side repeats the words behind those; of what the earlier process said nothing is known, so the owner says all of it
// again that matters.
func Recover(token word.Token, confirmed uint64, o Options) *Conn {
	c := newConn(nil, token, o)
	c.heard, c.sure, c.acked, c.anew = confirmed, confirmed, confirmed, true
	return c
}
