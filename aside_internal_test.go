package braid

import (
	"context"
	"testing"
)

func TestWorkAsideEndsWithItsClient(t *testing.T) {
	var a aside
	began, ended := make(chan struct{}), false
	if !a.start(func(ctx context.Context) { close(began); <-ctx.Done(); ended = true }) {
		t.Fatal("it did not begin")
	}
	<-began
	a.end()
	if !ended {
		t.Error("it goes on")
	}
	if a.start(func(context.Context) { t.Error("it began after the end") }) {
		t.Error("it says so")
	}
	new(aside).end() // of a client without such work
}
