package engine

import "testing"

// 115: calls have few names, whatever the objects are called.
func TestCallName(t *testing.T) {
	for _, tc := range []struct{ method, path, want string }{
		{"GET", "/_ping", "GET /_ping"},
		{"GET", "/v1.41/info", "GET /info"},
		{"GET", "/v1.41/events", "GET /events"},
		{"POST", "/v1.41/containers/create", "POST /containers/create"},
		{"GET", "/v1.41/containers/json", "GET /containers/json"},
		{"GET", "/v1.41/containers/json/json", "GET /containers/*/json"},
		{"POST", "/v1.41/containers/my.web/start", "POST /containers/*/start"},
		{"DELETE", "/v1.41/containers/my.web", "DELETE /containers/*"},
		{"HEAD", "/v1.51/containers/abc/archive", "HEAD /containers/*/archive"},
		{"DELETE", "/v1.51/containers/abc/checkpoints/one", "DELETE /containers/*/checkpoints/*"},
		{"POST", "/v1.41/exec/abc/start", "POST /exec/*/start"},
		{"POST", "/images/create", "POST /images/create"},
		{"POST", "/images/load", "POST /images/load"},
		{"GET", "/images/example.org:5000/team/app:1/json", "GET /images/*/json"},
		{"DELETE", "/images/example.org/json/app", "DELETE /images/*"},
		{"DELETE", "/images/app", "DELETE /images/*"},
		{"GET", "/distribution/127.0.0.1:5000/app:1/json", "GET /distribution/*/json"},
		{"POST", "/networks/create", "POST /networks/create"},
		{"POST", "/networks/front/connect", "POST /networks/*/connect"},
		{"GET", "/networks/bridge", "GET /networks/*"},
		{"POST", "/volumes/prune", "POST /volumes/prune"},
		{"GET", "/system/df", "GET /system/df"},
		{"POST", "/grpc", "POST /grpc"},
	} {
		if got := callName(tc.method, tc.path); got != tc.want {
			t.Errorf("%s %s is named %q, want %q", tc.method, tc.path, got, tc.want)
		}
	}
}
