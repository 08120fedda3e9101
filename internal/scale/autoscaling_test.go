package scale

import (
	"context"
	"testing"
	"time"
)

// forgetful is a platform whose answer about autoscaling fails at times.
type forgetful struct {
	*world
	says Autoscaling
}

func (f *forgetful) Autoscaling(context.Context, string, string) (Autoscaling, error) {
	f.called("autoscaling")
	return f.says, nil
}

// Autoscaling that was on is taken to be on until it is said to be off: an API that fails isn't a leave.
func TestAutoscalingIsRemembered(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		f := &forgetful{w, AutoscalingOn}
		w.options.Platform = f
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("hold autoscaling")
		f.says = AutoscalingUnknown
		w.pass(10 * time.Minute)
		w.want("hold autoscaling")
		f.says = AutoscalingOff
		w.pass(time.Minute)
		w.want("hold autoscaling", "act 4>1", "done 4>1")
	})
}
