"""Why a detector answers as it does: in numbers first, then in words.

subject      what the explanations need of a detector: its net, the squares that it sees, its thresholds
saliency     gradients by packets and pixels; SmoothGrad
integrated   integrated gradients, which sum to the difference from a baseline
groups       the bands by octave and direction, with their names
removal      pictures and data sets without a band: what changes in the answer, which accuracy survives
heat         the log-odds over the whole picture, or what each part adds to them
fingerprint  mean and deviation of the packets of a source, without learning
spectrum     radial spectrum, and its departure from a power law
words        one sentence, by rules, from those numbers
picture      all of it for one picture
"""
