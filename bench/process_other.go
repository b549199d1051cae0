//go:build !unix

package main

import "os/exec"

// ownGroup is for systems with process groups. Elsewhere the program alone is killed when its context ends.
func ownGroup(*exec.Cmd) {}
