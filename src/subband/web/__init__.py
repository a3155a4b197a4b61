"""The page in the browser, on this computer only: `subband app`.

command     `subband app` and its options
server      a private web server: loopback, nothing from other hosts, nothing kept on disk
page        the page's three tabs and what happens on them
answer      one picture: file → judgement and explanation
compare     two pictures
explorer    wavelet packets of a picture, band by band
fragments   results as HTML
"""
