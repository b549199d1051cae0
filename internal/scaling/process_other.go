//go:build !unix

package scaling

import "os/exec"

// ownGroup and endGroup are for systems with process groups. Elsewhere the program alone is killed when its context ends.
func ownGroup(*exec.Cmd) {}

func endGroup(int) {}
