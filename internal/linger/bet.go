package linger

// Bet is about something that is waited for again and again. The zero value begins with trust. It belongs to one goroutine at a time.
type Bet struct {
	debt  int // 0: full of trust
	since int // how often it was not tried, in a row
}

// What a try is worth: with less than three good ones of five the trust is lost.
const (
	won   = 2
	lost  = 3
	most  = 12 // debt above which waiting is tried only now and then
	every = 8  // which is every so many times
)

// Try reports whether to wait awake this time. After that, Ended says how it went.
func (b *Bet) Try() bool {
	if b.debt < most {
		return true
	}
	b.since++
	if b.since < every {
		return false
	}
	b.since = 0
	return true
}

// Ended notes whether what was waited for came while the one who tried was awake.
func (b *Bet) Ended(soon bool) {
	if soon {
		b.debt = max(b.debt-won, 0)
	} else {
		b.debt = min(b.debt+lost, most+won-1)
	}
}
