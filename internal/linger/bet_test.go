package linger

import "testing"

// tries plays a bet so often and counts the tries, each of which ends as soon says.
func tries(b *Bet, times int, soon bool) (n int) {
	for range times {
		if b.Try() {
			n++
			b.Ended(soon)
		}
	}
	return n
}

func TestABetFollowsHowItWent(t *testing.T) {
	var b Bet
	if n := tries(&b, 100, true); n != 100 {
		t.Errorf("%d of 100 were tried that all went well", n)
	}
	if n := tries(&b, 100, false); n < 4 || n > 20 {
		t.Errorf("%d of 100 were tried that all were in vain", n)
	}
	if n := tries(&b, 100, true); n < 80 {
		t.Errorf("%d of 100 were tried that all went well again", n)
	}
}

func TestABetForgivesTheOddFailure(t *testing.T) {
	var b Bet
	for k := range 1000 {
		if !b.Try() {
			t.Fatalf("not tried at %d, although four of five went well", k)
		}
		b.Ended(k%5 != 0)
	}
}
