// Command braidvet finds uses of package braid that work in one process and fail, or give other results, in several: in the
// bodies of plans, what may differ between processes; and registrations that worker processes would not make.
//
//	braidvet ./...
//	go vet -vettool=$(which braidvet) ./...
//
// "braidvet help braidvet" says what it looks for.
package main

import (
	"golang.org/x/tools/go/analysis/singlechecker"

	"github.com/braid-compute/braid/cmd/braidvet/vet"
)

func main() { singlechecker.Main(vet.Analyzer) }
