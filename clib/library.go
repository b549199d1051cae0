package clib

import (
	"fmt"
	"os"
	"sync"

	"github.com/ebitengine/purego"
)

// Library is a shared library.
type Library struct {
	path string
	once sync.Once
	at   uintptr // what opening it has given
	err  error

	limits []func(int32) // those of what it stands on that set numbers of threads
}

// Open names a shared library, to be opened where and when a function of it is called first. Variables of the environment in the path, as in
// $HOME, are replaced then. A name without a slash is searched for where the system looks for libraries.
func Open(path string) *Library { return &Library{path: path} }

// threadVariables tell libraries how many threads to use, when they are opened.
var threadVariables = [...]string{"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}

// threadFunctions tell them later. That of OpenMP is about the calling thread.
var threadFunctions = [...]string{"omp_set_num_threads", "openblas_set_num_threads", "MKL_Set_Num_Threads"}

// open opens the library, if it is not, for calls that have so many cores.
func (l *Library) open(cores int) error {
	l.once.Do(func() {
		if l.err = setVariables(cores); l.err != nil {
			return
		}
		path := os.ExpandEnv(l.path)
		if l.at, l.err = load(path); l.err != nil {
			l.err = fmt.Errorf("clib: open the library %s: %w", path, l.err)
			return
		}
		for _, name := range threadFunctions {
			if f, err := symbol(l.at, name); err == nil && f != 0 {
				var limit func(int32)
				purego.RegisterFunc(&limit, f)
				l.limits = append(l.limits, limit)
			}
		}
	})
	return l.err
}

// limit has what the library stands on use so many threads when it is called by this one.
func (l *Library) limit(cores int) {
	for _, set := range l.limits {
		set(int32(cores))
	}
}

// function makes the function with a name callable through f, a pointer to a function.
func (l *Library) function(name string, f any) (err error) {
	at, err := symbol(l.at, name)
	if err == nil && at == 0 {
		err = fmt.Errorf("it has no function of that name")
	}
	if err != nil {
		return fmt.Errorf("clib: the function %s of %s: %w", name, l.path, err)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("clib: the function %s of %s: it cannot be called as a %T: %v", name, l.path, f, r)
		}
	}()
	purego.RegisterFunc(f, at)
	return nil
}
