module github.com/braid-compute/braid/clib

go 1.26.0

require (
	github.com/braid-compute/braid v0.0.0
	github.com/ebitengine/purego v0.11.3
)

require (
	github.com/fxamacker/cbor/v2 v2.9.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/term v0.47.0 // indirect
)

replace github.com/braid-compute/braid => ..
