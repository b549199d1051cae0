// Package linger says whether it is worth to wait awake for something before sleeping.
//
// Who sleeps has to be woken, which takes tens of microseconds and more; who waits awake takes a core from others, who may be those that
// he waits for. A [Bet] learns which of the two it is from how it went before.
package linger
