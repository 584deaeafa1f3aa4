package engine

import (
	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/dockerhv/dockerhv/template"
)

// pullProgress makes one record of the engine's many: one per image, not per layer.
type pullProgress struct {
	report func(template.Progress)
	now    template.Progress
	layers map[string]*layer
}

// layer is what the engine last said of one layer.
type layer struct {
	current, total int64
	here           bool // it was downloaded
	extracting     bool
}

func newPullProgress(item string, report func(template.Progress)) *pullProgress {
	if report == nil {
		report = func(template.Progress) {}
	}
	return &pullProgress{
		report: report,
		now:    template.Progress{Item: item, Unit: template.Bytes},
		layers: make(map[string]*layer),
	}
}

func (p *pullProgress) phase(phase template.Phase) {
	p.now.Phase = phase
	if phase == template.Done {
		p.now.Current = p.now.Total
	}
	p.report(p.now)
}

// message takes one message of the stream. Only downloads are counted, in bytes
// as they come over the wire: what extraction counts means something else on
// every store. A layer that comes within a tenth of a second is never counted by
// containerd's, whose totals are thus what is known, not what there is. It tells whether
// the message is of something that has come, or been done.
func (p *pullProgress) message(m jsonmessage.JSONMessage) (moved bool) {
	if m.ID == "" {
		return false
	}
	l := p.layers[m.ID]
	known := l != nil
	if !known {
		l = &layer{}
	}
	before := *l
	switch m.Status {
	case "Pulling fs layer":
		p.layers[m.ID] = l
		return !known
	case "Downloading":
		if m.Progress != nil {
			l.current, l.total = max(l.current, m.Progress.Current), max(l.total, m.Progress.Total)
		}
	case "Verifying Checksum", "Download complete":
		l.current, l.here = l.total, true
	case "Extracting", "Pull complete":
		l.current, l.here, l.extracting = l.total, true, true
	case "Already exists":
		if !known {
			return false
		}
		l.here, l.extracting = true, true // as another pull has brought it
	default:
		return false
	}
	p.layers[m.ID] = l
	p.sum()
	return !known || *l != before
}

// busy tells whether the engine has all that it knows of, and unpacks it in silence.
func (p *pullProgress) busy() bool {
	for _, l := range p.layers {
		if !l.here {
			return false
		}
	}
	return len(p.layers) > 0
}

func (p *pullProgress) sum() {
	p.now.Current, p.now.Total = 0, 0
	extracting := true
	for _, l := range p.layers {
		p.now.Current += l.current
		p.now.Total += l.total
		extracting = extracting && l.extracting
	}
	phase := template.Downloading
	if extracting {
		phase = template.Extracting
	}
	p.phase(phase)
}
