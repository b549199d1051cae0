package braidtest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/braidtest"
)

// parcel encodes itself, so what it costs and whether it works is a user's matter.
type parcel struct {
	data  []byte // of which the size is known to nobody but parcel
	fault string
}

var errParcel = braid.RegisterError("braidtest/parcel", errors.New("the parcel has no bytes"))

func (p parcel) MarshalBinary() ([]byte, error) {
	switch p.fault {
	case "error":
		return nil, errParcel
	case "panic":
		panic("parcel")
	}
	return p.data, nil
}

func (p *parcel) UnmarshalBinary(data []byte) error {
	p.data = data
	return nil
}

var (
	pack = braid.Func("braidtest/pack", func(_ context.Context, fault string) (parcel, error) {
		return parcel{make([]byte, 5000), fault}, nil
	})
	weigh = braid.Func("braidtest/weigh", func(_ context.Context, p parcel) (int, error) { return len(p.data), nil })
)

// minute bounds what should be over at once.
func minute(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func wantParcelFailure(t *testing.T, err error, task string) {
	t.Helper()
	var f *braid.TaskError
	if !errors.As(err, &f) || f.Root().Task != task || !errors.Is(err, errParcel) || !strings.Contains(err.Error(), "cannot be sent") {
		t.Errorf("the error is %v; want the failure of %s because its result cannot be sent", err, task)
	}
}

func TestAResultThatCannotBeEncodedIsTheTasksFailureForTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := start(t, braidtest.Options{Workers: 2})
		ctx := minute(t)
		f := braid.Submit(ctx, c, pack.Call(braid.V("error")))
		for range 2 {
			_, err := f.Get(ctx)
			wantParcelFailure(t, err, "braidtest/pack#0")
		}
		_, err := pack.Map(ctx, c, []string{"", "error", ""}).Gather(ctx)
		wantParcelFailure(t, err, "braidtest/pack#1")
		_, err = braid.Submit(ctx, c, pack.Call(braid.V("panic"))).Get(ctx)
		if err == nil || !strings.Contains(err.Error(), "panicked: parcel") {
			t.Errorf("an encoder that panics: %v", err)
		}
		if p, err := braid.Submit(ctx, c, pack.Call(braid.V(""))).Get(ctx); err != nil || len(p.data) != 5000 {
			t.Errorf("a good one: %d bytes, %v", len(p.data), err)
		}
	})
}

func TestAResultThatCannotBeEncodedFailsConsumersOnOtherWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := start(t, braidtest.Options{Workers: 2})
		ctx := minute(t)
		near, far := braid.Worker("worker-0"), braid.Worker("worker-1")
		d := weigh.With(far).Call(pack.With(near).Call(braid.V("error")))
		_, err := braid.Submit(ctx, c, d).Get(ctx)
		wantParcelFailure(t, err, "braidtest/pack#0")
		p := braid.Submit(ctx, c, pack.With(near).Call(braid.V("error")))
		if err := p.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		_, err = braid.Submit(ctx, c, weigh.With(far).Call(p)).Get(ctx)
		wantParcelFailure(t, err, "braidtest/pack#0")
		if _, err := p.Get(ctx); err == nil {
			t.Error("and yet the client has it")
		}
		good := weigh.With(far).Call(pack.With(near).Call(braid.V("")))
		if n, err := braid.Submit(ctx, c, good).Get(ctx); err != nil || n != 5000 {
			t.Errorf("a good one: %d, %v", n, err)
		}
	})
}
