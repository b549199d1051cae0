package link

import (
	"context"
	"strings"
	"testing"
)

func TestCleartextChecksTheSecret(t *testing.T) {
	one, _ := identity(t)
	other, _ := identity(t)
	a, b := sockets(t, "tcp")
	hello := Hello{Role: RolePeer, Name: "here"}
	_, _, err := Cleartext(context.Background(), a, b, Options{Identity: one, Hello: hello}, Options{Identity: other, Hello: hello})
	if err == nil || !strings.Contains(err.Error(), errStranger.Error()) {
		t.Errorf("ends of two clusters: %v", err)
	}
	if _, _, err := Cleartext(context.Background(), a, b, Options{Hello: hello}, Options{Identity: other, Hello: hello}); err == nil {
		t.Error("an end without an identity was taken")
	}
}
