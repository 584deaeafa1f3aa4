package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/guru"
	"github.com/dockerhv/dockerhv/template"
)

// answerTimeout bounds how long an instance may take until it answers.
const answerTimeout = 15 * time.Second

// demo shows the whole job with templates that are made and served here.
func demo(ctx context.Context, s *session) error {
	if err := reachesUs(s.host); err != nil {
		return err
	}
	heading(s.out, "Making three templates: a static Go program, and Debian's busybox for RUN")
	supply, err := newSupply(ctx)
	if err != nil {
		return err
	}
	defer supply.close()
	s.catalog = newCatalog(template.Download{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	for _, r := range supply.registrations {
		fmt.Fprintf(s.out, "  %-10s  %s\n", r.Format, r.URL)
	}

	heading(s.out, "Installing them on the host")
	images, err := s.install(ctx, supply.registrations)
	if err != nil {
		return err
	}
	for i, image := range images {
		if err := s.start(ctx, profile(supply.registrations[i], image)); err != nil {
			return err
		}
	}
	heading(s.out, "Three instances run")
	if err := s.printTable(ctx); err != nil {
		return err
	}
	return s.tour(ctx)
}

// profile is what a cloud would sell: half a CPU, 64 MiB, one NIC.
func profile(r template.Registration, image template.Image) guru.Profile {
	return guru.Profile{
		ID: r.ID, Name: r.ID, Image: image,
		Offering: guru.Offering{CPUs: 0.5, Memory: 64 << 20},
		NICs:     []guru.NIC{{}},
		Ports:    []driver.Port{{HostIP: netip.MustParseAddr("127.0.0.1"), Port: 8080}},
		Env:      map[string]string{"MESSAGE": fmt.Sprintf("I was a %s", image.Format)},
	}
}

// tour uses what runs: it calls, restarts and stops the instances.
func (s *session) tour(ctx context.Context) error {
	heading(s.out, "Calling each over HTTP")
	for _, id := range s.instances {
		if err := s.call(ctx, id); err != nil {
			return err
		}
	}
	heading(s.out, "Restarting %s", s.instances[0])
	if err := s.driver.Restart(ctx, s.instances[0], driver.StopOptions{}); err != nil {
		return err
	}
	if err := s.call(ctx, s.instances[0]); err != nil {
		return err
	}
	heading(s.out, "Stopping all three")
	for _, id := range s.instances {
		if err := s.driver.Stop(ctx, id, driver.StopOptions{}); err != nil {
			return err
		}
	}
	if err := s.printTable(ctx); err != nil {
		return err
	}
	heading(s.out, "Destroying them and removing their images")
	return nil // which is what the session does at its end
}

// call asks an instance who it is, at the port that it publishes, and gives it
// time to begin to listen.
func (s *session) call(ctx context.Context, id string) error {
	i, err := s.driver.Inspect(ctx, id)
	if err != nil {
		return err
	}
	if len(i.Ports) == 0 {
		return fmt.Errorf("instance %s publishes no port; it is %s", id, i.State)
	}
	url := "http://" + hostAddress(i.Ports[0])
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	for {
		answer, err := get(ctx, url)
		if err == nil {
			fmt.Fprintf(s.out, "  %s  %s\n", url, printable(answer))
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("instance %s does not answer at %s: %w", id, url, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %s", response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	return strings.TrimSpace(string(body)), err
}

// reachesUs refuses an engine that has another loopback than this program, which
// serves the templates there.
func reachesUs(h driver.Host) error {
	var why string
	switch {
	case h.Rootless:
		why = "it is rootless, with a network of its own"
	case h.OperatingSystem == "Docker Desktop":
		why = "it runs in a virtual machine"
	default:
		return nil
	}
	return &dockerhv.Error{
		Op: "show the demo", Host: h.Endpoint, Class: errors.ErrUnsupported,
		Err:  fmt.Errorf("the engine can't reach this program's loopback: %s", why),
		Next: "bring a template of your own, such as -repository busybox -command 'echo hello'",
	}
}
