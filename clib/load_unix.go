//go:build unix

package clib

import (
	"fmt"
	"strconv"

	"github.com/ebitengine/purego"
)

func load(path string) (uintptr, error) {
	return purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
}

func symbol(library uintptr, name string) (uintptr, error) { return purego.Dlsym(library, name) }

// setVariables sets the variables that libraries see. Go's own stay: they say how many cores the whole process may use.
func setVariables(cores int) error {
	at, err := purego.Dlsym(purego.RTLD_DEFAULT, "setenv")
	if err != nil {
		return fmt.Errorf("clib: the C library: %w", err)
	}
	var set func(name, value string, overwrite int32) int32
	purego.RegisterFunc(&set, at)
	for _, name := range threadVariables {
		set(name, strconv.Itoa(cores), 1)
	}
	return nil
}
