package peers_test

import (
	"fmt"
	"io/fs"

	"github.com/braid-compute/braid/bench/peers"
)

func Example() {
	names, err := fs.Glob(peers.Scripts, "fortran/*")
	fmt.Println(names, err)
	// Output: [fortran/integrate2d.f90 fortran/kernel.f90] <nil>
}
