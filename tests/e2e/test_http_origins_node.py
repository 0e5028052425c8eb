"""Node, inspected, by its modules http and http2: files are exact, also in chunks, and recorded."""
import os
import unittest

from http_origin_case import OriginCase
from http_origins import NODE, node

# A file for each path; what is not there is a 404.
FILES = """const path = require('path');
const file = url => path.join('FILES', new URL(url, 'https://a').pathname);
"""
HTTP1 = FILES + """
ready(require('https').createServer(options, (request, response) => {
  const stream = fs.createReadStream(file(request.url));
  stream.on('error', () => { response.statusCode = 404; response.end(); });
  stream.on('open', () => stream.pipe(response));
}));
"""
HTTP2 = FILES + """
const server = require('http2').createSecureServer(options);
server.on('stream', (stream, headers) => {
  const source = fs.createReadStream(file(headers[':path']));
  source.on('error', () => stream.respond({':status': 404}, {endStream: true}));
  source.on('open', () => {
    stream.respond({':status': 200}, {endStream: headers[':method'] == 'HEAD'});
    if (headers[':method'] != 'HEAD') source.pipe(stream);
  });
});
ready(server);
"""


@unittest.skipUnless(os.path.exists(NODE), "needs nodejs")
class Node(OriginCase):
    def test_http1(self):
        self.assert_files_are_exact(node(self, self.leaf, HTTP1.replace("FILES", self.files)), "1.1")

    def test_http2(self):
        self.assert_files_are_exact(node(self, self.leaf, HTTP2.replace("FILES", self.files)), "2")


if __name__ == "__main__":
    unittest.main()
