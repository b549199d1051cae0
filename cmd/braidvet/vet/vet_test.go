package vet_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/braid-compute/braid/cmd/braidvet/vet"
)

func TestPlans(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), vet.Analyzer, "plans")
}

func TestRegistrations(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), vet.Analyzer, "registrations")
}

func TestPackagesWithoutBraidAreLeftAlone(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), vet.Analyzer, "elsewhere")
}
